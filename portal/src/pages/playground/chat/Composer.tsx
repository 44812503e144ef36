import { Button, makeStyles, Text, Textarea, tokens } from '@fluentui/react-components'
import { Stop20Filled } from '@fluentui/react-icons'
import type { KeyboardEvent } from 'react'
import type { Target } from '../model/targets'
import { useLacked } from '../model/useLacked'
import { SendButton } from '../SendButton'
import { type Conversation, change, say, stop } from './conversation'
import { parametersOf } from './settings'

const useStyles = makeStyles({
  root: {
    display: 'flex',
    flexDirection: 'column',
    rowGap: '6px',
    padding: '12px 16px',
    borderBlockStartWidth: '1px',
    borderBlockStartStyle: 'solid',
    borderBlockStartColor: tokens.colorNeutralStroke2,
    backgroundColor: tokens.colorNeutralBackground1,
    '@media (max-width: 1023px)': { position: 'sticky', bottom: 0 },
  },
  row: { display: 'flex', columnGap: '8px', alignItems: 'end' },
  field: { flexGrow: 1, minWidth: 0 },
  hint: { color: tokens.colorNeutralForeground3 },
  wrong: { color: tokens.colorPaletteRedForeground1 },
})

interface Props {
  place: string
  conversation: Conversation
  sides: readonly (Target | undefined)[]
}

/** Where the prompt is written. */
export function Composer({ place, conversation, sides }: Props) {
  const styles = useStyles()
  const { draft, turns, settings } = conversation
  const isBusy = turns.at(-1)?.answers.some(one => one?.state === 'waiting' || one?.state === 'streaming') ?? false
  const faults = Object.keys(parametersOf(settings).faults)
  const lacked = [useLacked(sides[0]), useLacked(sides[1])]
  // Of two it is enough that one can be asked.
  const open = sides.find((side, at) => side !== undefined && lacked[at] === undefined)
  const isReady = draft.trim() !== '' && !isBusy && faults.length === 0 && open !== undefined
  const ask = () => void say(place, sides, { prompt: draft })
  const onKeyDown = (event: KeyboardEvent) => {
    // An input method that is still composing means its own Enter.
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
    event.preventDefault()
    if (isReady) ask()
  }
  return (
    <div className={styles.root}>
      <div className={styles.row}>
        <Textarea
          className={styles.field}
          aria-label="Prompt"
          placeholder="Ask something"
          resize="vertical"
          rows={2}
          value={draft}
          onChange={(_, data) => change(place, { draft: data.value })}
          onKeyDown={onKeyDown}
        />
        {isBusy ? (
          <Button icon={<Stop20Filled />} onClick={() => stop(place)}>
            Stop
          </Button>
        ) : (
          <SendButton target={sides[0]} lacked={open ? undefined : lacked[0]} disabled={!isReady} onClick={ask}>
            Send
          </SendButton>
        )}
      </div>
      {faults.length > 0 ? (
        <Text size={200} className={styles.wrong} role="status">
          Nothing is sent while the setup has a mistake: {faults.join(', ')}.
        </Text>
      ) : !open && lacked[0] ? (
        <Text size={200} className={styles.hint} role="status">
          You may not ask this model; the button says what it takes.
        </Text>
      ) : (
        <Text size={200} className={styles.hint}>
          Enter sends, Shift+Enter begins a new line. Requests count against the limits and are charged.
        </Text>
      )}
    </div>
  )
}
