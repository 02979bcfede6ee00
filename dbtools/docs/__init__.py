"""Pages written from a shadow at head: the functions of the API, and who may do what."""
