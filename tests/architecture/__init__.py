"""Guards of the laws in docs/architecture.md: each names the law it holds."""
