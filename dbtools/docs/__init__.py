"""Pages written from a database: a site of its schema, the functions of the API, and who may do what."""
