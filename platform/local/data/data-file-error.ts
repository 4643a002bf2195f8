/** Something about a file that its owner can mend; the message says what, where and how. */
export class DataFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DataFileError'
  }
}
