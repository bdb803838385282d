"""The console: pages for the people who run Landbridge. Server-rendered, and whole without JavaScript.

``site`` puts it together, ``guard`` decides who gets in, and each other module is one part of the navigation. What a page
shows and does is left to the services.
"""
