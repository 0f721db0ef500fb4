"""The ground of Gongchuang 工创云: what every room stands on. See platform/README.md."""
