"""What every test may use: the fixtures of app/testing."""

pytest_plugins = ["app.testing.fixtures"]
