"""The local stack: PostgreSQL, Apache Kafka and the services as processes of this machine, without Docker."""
