import { Button, makeStyles, Text, tokens } from '@fluentui/react-components'
import { useEffect, useRef } from 'react'
import type { Target } from '../model/targets'
import type { Turn } from './conversation'
import { say } from './conversation'
import { TurnView } from './TurnView'

const useStyles = makeStyles({
  root: {
    flexGrow: 1,
    minHeight: 0,
    overflowY: 'auto',
    padding: '16px',
    display: 'flex',
    flexDirection: 'column',
    rowGap: '20px',
    ':focus-visible': { outline: `2px solid ${tokens.colorStrokeFocus2}`, outlineOffset: '-2px' },
    '@media (max-width: 1023px)': { overflowY: 'visible' },
  },
  empty: {
    margin: 'auto',
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    rowGap: '10px',
    textAlign: 'center',
    color: tokens.colorNeutralForeground2,
  },
  ideas: { display: 'flex', flexWrap: 'wrap', gap: '8px', justifyContent: 'center' },
})

const IDEAS = ['What is Cupola?', 'What is an endpoint?', 'How do I get a key?']
// As near as this to the end, the list follows what comes.
const NEAR_PX = 120

interface Props {
  place: string
  turns: readonly Turn[]
  sides: readonly (Target | undefined)[]
}

/** What was said. Follows the end while the end is in sight. */
export function TurnList({ place, turns, sides }: Props) {
  const styles = useStyles()
  const list = useRef<HTMLDivElement>(null)
  const follows = useRef(true)
  const count = turns.length

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new turn is always shown
  useEffect(() => {
    follows.current = true
  }, [count])

  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows what comes
  useEffect(() => {
    const element = list.current
    if (element && follows.current) element.scrollTop = element.scrollHeight
  }, [turns])

  const onScroll = () => {
    const element = list.current
    if (element) follows.current = element.scrollHeight - element.scrollTop - element.clientHeight < NEAR_PX
  }
  const isReady = sides.some(side => side !== undefined && side.unready === undefined)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keys
    <div className={styles.root} ref={list} onScroll={onScroll} tabIndex={0} role="log" aria-label="Messages">
      {turns.length === 0 ? (
        <div className={styles.empty}>
          <Text>Say something, or begin with one of these.</Text>
          <div className={styles.ideas}>
            {IDEAS.map(idea => (
              <Button
                key={idea}
                size="small"
                shape="circular"
                disabled={!isReady}
                onClick={() => void say(place, sides, { prompt: idea })}
              >
                {idea}
              </Button>
            ))}
          </div>
        </div>
      ) : (
        turns.map((turn, at) => (
          <TurnView key={turn.id} place={place} turn={turn} sides={sides} isLast={at === turns.length - 1} />
        ))
      )}
    </div>
  )
}
