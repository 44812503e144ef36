// What was changed in a form and not saved yet, for as long as the portal is open: another tab shows another part, not another form.

interface Draft {
  /** What it was made of: of something else it is a draft no more. */
  before: string
  value: unknown
}

const drafts = new Map<string, Draft>()

/** The draft under a name, where it was made of what is there now. */
export function draftUnder<T>(name: string, before: T): T {
  const kept = drafts.get(name)
  return kept?.before === JSON.stringify(before) ? (kept.value as T) : before
}

/** Keeps a draft; one that changes nothing is none. */
export function keepDraft<T>(name: string, before: T, value: T) {
  const start = JSON.stringify(before)
  if (JSON.stringify(value) === start) drafts.delete(name)
  else drafts.set(name, { before: start, value })
}
