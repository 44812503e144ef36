// What this page chooses by chance. `crypto.randomUUID` is not there on plain http from another machine, so it is not used.

/** An id that nobody has: a GUID of version 4. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const text = [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')
  return [text.slice(0, 8), text.slice(8, 12), text.slice(12, 16), text.slice(16, 20), text.slice(20)].join('-')
}

// Without what is taken for something else when it is read out: 32 letters, so that each is as likely as the others.
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789-'
const LENGTH = 20

/** A password to pass on: 100 bits. */
export function newPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(LENGTH))
  return [...bytes].map(byte => LETTERS[byte % LETTERS.length]).join('')
}
