import { Text } from '@fluentui/react-components'
import { useEffect } from 'react'
import { announceSignIn, comeBack } from '../api/session'
import { Mark } from './Mark'

/** Where somebody lands who signed in again beside a page that waits: tells that page, and closes itself. */
export function SignedIn() {
  useEffect(() => {
    document.title = 'Signed in - Cupola'
    void comeBack().then(worked => {
      if (!worked) return
      announceSignIn()
      window.close()
    })
  }, [])
  return (
    <main style={{ display: 'grid', placeItems: 'center', alignContent: 'center', gap: 12, height: '100%' }}>
      <Mark size={40} />
      <Text as="h1" size={600} weight="semibold" style={{ margin: 0 }}>
        You are signed in again
      </Text>
      <Text>Your page goes on where it was. This tab can be closed.</Text>
    </main>
  )
}
