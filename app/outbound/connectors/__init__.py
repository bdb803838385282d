"""The connectors that come with Landbridge, one each. Others are found by their entry points (``discovery``)."""
