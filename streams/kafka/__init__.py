"""Apache Kafka: launcher, topics and client security."""
