import {
  Button,
  DrawerBody,
  DrawerHeader,
  DrawerHeaderTitle,
  makeStyles,
  OverlayDrawer,
  Text,
} from '@fluentui/react-components'
import { Dismiss24Regular } from '@fluentui/react-icons'
import { CodeSample } from '../../components/CodeSample'
import { CopyField } from '../../components/CopyField'
import { Explanation } from '../../components/Explanation'
import { Facts } from '../../components/Facts'
import { Time } from '../../components/Time'
import { useFocusBack } from '../../components/useFocusBack'
import { type ActivityEvent, callerOf, faultOf, type Wanted } from './activity'

const useStyles = makeStyles({
  drawer: { width: 'min(680px, 100vw)' },
  body: { display: 'flex', flexDirection: 'column', rowGap: '16px', paddingBlockEnd: '24px' },
  part: { display: 'flex', flexDirection: 'column', rowGap: '8px' },
  narrow: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
})

interface Props {
  event: ActivityEvent
  onWant: (next: Partial<Wanted>) => void
  onClose: () => void
}

/** One event: what it means, what belongs to it, and all that is known of it. */
export function EventDrawer({ event, onWant, onClose }: Props) {
  const styles = useStyles()
  const focusBack = useFocusBack()
  const fault = faultOf(event)
  return (
    <OverlayDrawer
      ref={focusBack}
      open
      position="end"
      className={styles.drawer}
      onOpenChange={(_, data) => !data.open && onClose()}
      aria-label="Event"
    >
      <DrawerHeader>
        <DrawerHeaderTitle
          action={<Button appearance="subtle" aria-label="Close" icon={<Dismiss24Regular />} onClick={onClose} />}
        >
          {fault ? fault.code : (event.status?.value ?? 'Event')}
        </DrawerHeaderTitle>
      </DrawerHeader>
      <DrawerBody className={styles.body} tabIndex={0}>
        {event.eventDataId && <Explanation id={event.eventDataId} />}
        <Facts
          facts={[
            ['Operation', event.operationName?.value ?? '–'],
            [
              'Who',
              `${callerOf(event)}${event.caller && event.caller !== callerOf(event) ? ` (${event.caller})` : ''}`,
            ],
            ['Time', <Time key="time" at={event.eventTimestamp} seconds />],
            ['At', <CopyField key="at" text={event.resourceId ?? ''} label="the id of the resource" />],
            [
              'Correlation',
              <CopyField key="correlation" text={event.correlationId ?? ''} label="the correlation id" />,
            ],
            [
              'Request',
              <CopyField key="request" text={event.properties?.serviceRequestId ?? ''} label="the id of the request" />,
            ],
          ]}
        />
        <div className={styles.narrow}>
          <Button size="small" onClick={() => onWant({ correlation: event.correlationId ?? '' })}>
            What belongs together
          </Button>
          <Button size="small" onClick={() => onWant({ resource: event.resourceId ?? '' })}>
            Events of this resource
          </Button>
          <Button size="small" onClick={() => onWant({ caller: event.caller ?? '' })}>
            Events of this caller
          </Button>
        </div>
        <div className={styles.part}>
          <Text as="h2" weight="semibold" style={{ margin: 0 }}>
            All of it
          </Text>
          <CodeSample
            label="The event"
            samples={[{ language: 'JSON', code: JSON.stringify(unfolded(event), null, 2) }]}
          />
        </div>
      </DrawerBody>
    </OverlayDrawer>
  )
}

// The monitor writes documents as texts within the event; they are read better as what they are.
function unfolded(event: ActivityEvent): unknown {
  const properties = Object.entries(event.properties ?? {}).map(([name, value]) => [name, unfold(value)])
  return { ...event, properties: Object.fromEntries(properties) as unknown }
}

function unfold(text: string): unknown {
  if (!/^[{[]/.test(text)) return text
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}
