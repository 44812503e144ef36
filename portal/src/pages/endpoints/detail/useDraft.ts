import { useState } from 'react'
import { draftUnder, keepDraft } from './drafts'

/** The state of a form that begins as what is there, and is still there when its tab is opened again. The last of the answer is for
 * what is saved, which is a draft no more. */
export function useDraft<T>(name: string, before: T): [T, (next: T) => void, () => void] {
  const [draft, setDraft] = useState(() => draftUnder(name, before))
  const change = (next: T) => {
    keepDraft(name, before, next)
    setDraft(next)
  }
  return [draft, change, () => keepDraft(name, before, before)]
}
