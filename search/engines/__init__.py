"""One port, three engines: Elasticsearch, tantivy, the table itself."""
