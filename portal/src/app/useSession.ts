import { useSyncExternalStore } from 'react'
import { sessionState, subscribeToSession } from '../api/session'

/** Who is signed in, as far as it is known. */
export function useSession() {
  return useSyncExternalStore(subscribeToSession, sessionState)
}
