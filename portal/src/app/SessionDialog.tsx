import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Text,
} from '@fluentui/react-components'
import { useEffect, useState } from 'react'
import { comeBack, signInAddress } from '../api/session'
import { useFocusBack } from '../components/useFocusBack'
import { useSession } from './useSession'

/** The session has ended while the page is open: the person signs in beside it, and the page goes on as it was. */
export function SessionDialog() {
  const session = useSession()
  const isExpired = session.phase === 'expired'
  const focusBack = useFocusBack()
  const [failed, setFailed] = useState(false)

  // Who comes back to this tab has mostly signed in in the other one.
  useEffect(() => {
    if (!isExpired) return
    const look = () => void comeBack()
    window.addEventListener('focus', look)
    return () => window.removeEventListener('focus', look)
  }, [isExpired])

  if (session.phase !== 'expired') return null
  return (
    <Dialog open modalType="alert">
      <DialogSurface ref={focusBack}>
        <DialogBody>
          <DialogTitle>Sign in again</DialogTitle>
          <DialogContent>
            <Text>
              Your session has ended. Sign in as {session.user.userPrincipalName} in a new tab; this page stays as it is
              and goes on when you are back.
            </Text>
            {failed && (
              <Text as="p" block role="alert" style={{ marginBlock: '8px 0' }}>
                Nobody is signed in yet. Use the button and sign in there first.
              </Text>
            )}
          </DialogContent>
          <DialogActions>
            <Button onClick={() => void comeBack().then(worked => setFailed(!worked))}>I have signed in</Button>
            <Button
              as="a"
              appearance="primary"
              href={signInAddress('/portal/signed-in')}
              target="_blank"
              rel="noopener"
            >
              Sign in
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
