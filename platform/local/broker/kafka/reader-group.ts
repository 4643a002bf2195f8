/** How the groups begin that only read: Kafka gives records to groups alone. They commit nothing and are deleted. */
export const READER_GROUP = 'nowcast-reader-'
