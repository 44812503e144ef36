import {
  Button,
  Link,
  Menu,
  MenuItem,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  Text,
  tokens,
} from '@fluentui/react-components'
import { ArrowClockwise20Regular, ArrowDownload20Regular } from '@fluentui/react-icons'
import { useState } from 'react'
import { asProblem } from '../../api/problem'
import { Page } from '../../app/Page'
import { useSubscription } from '../../app/scope/ScopeContext'
import { useSearch } from '../../app/useSearch'
import { type Column, DataTable } from '../../components/DataTable'
import { download } from '../../components/download'
import { EmptyState } from '../../components/EmptyState'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import { StateBadge } from '../../components/StateBadge'
import { Time } from '../../components/Time'
import { described } from '../access/rights'
import { type ActivityEvent, callerOf, csvOf, faultOf, type Wanted, wantedIn } from './activity'
import { EventDrawer } from './EventDrawer'
import { Filters } from './Filters'
import { shortAction } from './shortAction'
import { useActivity } from './useActivity'

const useStyles = makeStyles({
  // One word, which is searched for as it is; on a telephone there is no room for a long one.
  code: {
    display: 'block',
    color: tokens.colorNeutralForeground3,
    '@media (min-width: 768px)': { whiteSpace: 'nowrap' },
  },
  // On a telephone the words alone; the drawer has the action.
  action: { color: tokens.colorNeutralForeground3, '@media (max-width: 767px)': { display: 'none' } },
})

/** Who did what in the subscription, and what became of it. */
export default function Activity() {
  const styles = useStyles()
  const { subscription } = useSubscription()
  const [search, setSearch] = useSearch()
  const wanted = wantedIn(search)
  const log = useActivity(wanted)
  const [open, setOpen] = useState<ActivityEvent>()
  const events = log.data?.pages.flatMap(page => page.value) ?? []
  const again = () => void log.refetch()

  function want(next: Partial<Wanted>) {
    const whole: Wanted = { ...wanted, ...next }
    setSearch(old => {
      const search = new URLSearchParams(old)
      const set = (name: string, value: string) => (value ? search.set(name, value) : search.delete(name))
      set('hours', whole.hours === 24 ? '' : String(whole.hours))
      set('status', whole.status)
      set('caller', whole.caller)
      set('of', whole.group)
      set('resource', whole.resource)
      set('correlation', whole.correlation)
      return search
    })
    setOpen(undefined)
  }

  const isFiltered = [wanted.status, wanted.caller, wanted.group, wanted.resource, wanted.correlation].some(Boolean)
  return (
    <Page
      title="Activity log"
      subtitle={`Every change and every refusal in ${subscription?.displayName ?? 'the subscription'}, kept for 90 days.`}
      actions={
        <>
          <Menu>
            <MenuTrigger disableButtonEnhancement>
              <Button icon={<ArrowDownload20Regular />} disabled={events.length === 0}>
                Export
              </Button>
            </MenuTrigger>
            <MenuPopover>
              <MenuList>
                <MenuItem onClick={() => download('activity.csv', 'text/csv', csvOf(events))}>As CSV</MenuItem>
                <MenuItem
                  onClick={() => download('activity.json', 'application/json', JSON.stringify(events, null, 2))}
                >
                  As JSON
                </MenuItem>
              </MenuList>
            </MenuPopover>
          </Menu>
          <Button icon={<ArrowClockwise20Regular />} onClick={again}>
            Refresh
          </Button>
        </>
      }
    >
      <Filters wanted={wanted} onWant={want} />
      {log.error && <ProblemMessage problem={asProblem(log.error)} onRetry={again} />}
      {log.isPending ? (
        <LoadingRows what="the log" onRetry={again} />
      ) : log.data === undefined ? null : events.length === 0 && !log.hasNextPage ? (
        <EmptyState
          title={isFiltered ? 'Nothing fits these filters' : 'Nothing has happened in this time'}
          text="The log has changes and refusals, not reads. You see what you may read, and what you did yourself."
          action={
            isFiltered && (
              <Button onClick={() => want({ status: '', caller: '', group: '', resource: '', correlation: '' })}>
                Clear the filters
              </Button>
            )
          }
        />
      ) : (
        <>
          <DataTable
            label="events"
            rows={events}
            columns={columnsOf(setOpen, styles)}
            keyOf={event => event.eventDataId ?? ''}
            wordsOf={wordsOf}
          />
          {log.hasNextPage && (
            <div style={{ display: 'flex', justifyContent: 'center', marginBlockStart: 12 }}>
              <Button disabled={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
                {log.isFetchingNextPage ? 'Asking for older events' : 'Show older events'}
              </Button>
            </div>
          )}
        </>
      )}
      {open && <EventDrawer event={open} onWant={want} onClose={() => setOpen(undefined)} />}
    </Page>
  )
}

function wordsOf(event: ActivityEvent): string {
  return [
    event.operationName?.localizedValue,
    event.operationName?.value,
    event.status?.value,
    faultOf(event)?.code,
    callerOf(event),
    event.caller,
    event.resourceId,
    event.correlationId,
  ].join(' ')
}

function columnsOf(
  onOpen: (event: ActivityEvent) => void,
  styles: ReturnType<typeof useStyles>,
): Column<ActivityEvent>[] {
  return [
    {
      id: 'operation',
      title: 'Operation',
      show: event => (
        <span title={event.operationName?.value}>
          <Link onClick={() => onOpen(event)}>{event.operationName?.localizedValue}</Link>
          <Text size={200} block className={styles.action}>
            {shortAction(event.operationName?.value)}
          </Text>
        </span>
      ),
      sortBy: event => event.operationName?.localizedValue,
      breaks: true,
    },
    {
      id: 'status',
      title: 'Status',
      show: event => {
        const fault = faultOf(event)
        const word = event.status?.value ?? 'Unknown'
        return (
          <span>
            <StateBadge tone={fault ? 'bad' : word === 'Accepted' ? 'off' : 'good'}>{word}</StateBadge>
            {fault && (
              <Text size={200} className={styles.code}>
                {fault.code}
              </Text>
            )}
          </span>
        )
      },
      sortBy: event => event.status?.value,
      breaks: true,
    },
    {
      id: 'time',
      title: 'Time',
      show: event => <Time at={event.eventTimestamp} seconds />,
      sortBy: event => event.eventTimestamp,
    },
    { id: 'caller', title: 'Who', show: callerOf, sortBy: callerOf, narrow: 'hidden' },
    {
      id: 'resource',
      title: 'At',
      show: event => {
        const { kind, name } = described(event.resourceId ?? '')
        return <span title={event.resourceId}>{`${kind} ${name}`.trim()}</span>
      },
      sortBy: event => event.resourceId,
      narrow: 'hidden',
    },
  ]
}
