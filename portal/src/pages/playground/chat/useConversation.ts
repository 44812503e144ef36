import { useSyncExternalStore } from 'react'
import { useWorkspace } from '../../../app/scope/ScopeContext'
import { conversationOf, subscribeToConversations } from './conversation'

/** The conversation of this project, and the name under which it is kept. */
export function useConversation() {
  const { path } = useWorkspace()
  const place = [path.subscription, path.group, path.workspace].join('/').toLowerCase()
  const conversation = useSyncExternalStore(subscribeToConversations, () => conversationOf(place))
  return { place, conversation }
}
