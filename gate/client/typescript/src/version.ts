/** The protocol version that is spoken here. */
export const version = 1;
