"""The demo of crowdsourcing: makers, design tasks and bids beside the marketplace's firms."""
