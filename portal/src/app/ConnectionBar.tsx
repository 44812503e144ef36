import { MessageBar, MessageBarBody, MessageBarTitle, makeStyles, Spinner } from '@fluentui/react-components'
import { useSyncExternalStore } from 'react'
import { connection, subscribeToConnection } from '../api/connection'
import { useNow } from '../components/useNow'

const useStyles = makeStyles({ empty: { display: 'contents' } })

// One that answers again at once is not worth a word.
const SAID_AFTER_MS = 700

/** Says that the server does not answer, for how long, and goes away by itself when it does. */
export function ConnectionBar() {
  const styles = useStyles()
  const state = useSyncExternalStore(subscribeToConnection, connection)
  const now = useNow(500, !state.works)
  const lostMs = state.works ? 0 : now - state.since
  return (
    <div aria-live="polite" className={styles.empty}>
      {lostMs > SAID_AFTER_MS ? (
        <MessageBar intent="warning" shape="square" icon={<Spinner size="extra-tiny" aria-hidden="true" />}>
          <MessageBarBody>
            <MessageBarTitle>The server does not answer; reconnecting</MessageBarTitle>
            for {Math.round(lostMs / 1000)} s. It may be restarting. What you typed stays here.
          </MessageBarBody>
        </MessageBar>
      ) : (
        <span />
      )}
    </div>
  )
}
