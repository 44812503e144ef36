import { Button, Text } from '@fluentui/react-components'
import { Stop20Filled } from '@fluentui/react-icons'
import type { ReactNode } from 'react'
import { LoadingRows } from '../../../components/LoadingRows'
import type { What } from '../model/samples'
import type { Target } from '../model/targets'
import { useLacked } from '../model/useLacked'
import { SendButton } from '../SendButton'
import { CodeDialog } from './CodeDialog'
import { RefusalMessage } from './RefusalMessage'
import type { Asking, Found, useAsked } from './useAsked'
import { usePanel } from './usePanel'

interface Props<T> {
  /** What is asked for: `forecast`. */
  what: What
  /** Who is asked. */
  target: Target | undefined
  asked: ReturnType<typeof useAsked<T>>
  /** The request as it stands; `undefined` where there is none yet. */
  request: () => Asking | undefined
  isReady: boolean
  /** The words of the button. */
  action: string
  /** What is waited for, and what appears in its place. */
  waitedFor: string
  appears: string
  /** The model and what it is given. */
  children: ReactNode
  result: (found: Found<T>) => ReactNode
}

/** A question whose answer comes whole: fields on one side, what came back on the other. */
export function AskedWhole<T>(props: Props<T>) {
  const { what, target, asked, request, isReady, action, waitedFor, appears, children, result } = props
  const panel = usePanel()
  const lacked = useLacked(target)
  const ask = () => {
    const now = request()
    if (now) void asked.ask(now)
  }
  return (
    <div className={panel.columns}>
      <section className={panel.card} aria-label="What is asked">
        {children}
        <div className={panel.row}>
          {asked.isBusy ? (
            <Button icon={<Stop20Filled />} onClick={asked.stop}>
              Stop
            </Button>
          ) : (
            <SendButton target={target} lacked={lacked} disabled={!isReady} onClick={ask}>
              {action}
            </SendButton>
          )}
          <CodeDialog what={what} request={request} disabled={!isReady} />
        </div>
      </section>
      <section className={panel.card} aria-label="What came back" aria-busy={asked.isBusy}>
        {asked.isBusy ? (
          <LoadingRows rows={3} what={waitedFor} />
        ) : asked.problem ? (
          <RefusalMessage problem={asked.problem} onRetry={ask} />
        ) : asked.found ? (
          result(asked.found)
        ) : (
          <Text className={panel.quiet}>{appears}</Text>
        )}
      </section>
    </div>
  )
}
