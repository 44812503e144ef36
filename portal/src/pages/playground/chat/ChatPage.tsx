import { Button, makeStyles, tokens } from '@fluentui/react-components'
import { Broom20Regular, SplitVertical20Regular } from '@fluentui/react-icons'
import { does, type Target } from '../model/targets'
import { useTargets } from '../model/useTargets'
import { CodeDialog } from '../parts/CodeDialog'
import { PlaygroundPage } from '../parts/PlaygroundPage'
import { TargetPicker } from '../parts/TargetPicker'
import { useChosen } from '../parts/useChosen'
import { Composer } from './Composer'
import { bodyFor, CHAT_ROUTE, change, clear, setSide } from './conversation'
import { Setup } from './Setup'
import { parametersOf } from './settings'
import { TurnList } from './TurnList'
import { useConversation } from './useConversation'

const useStyles = makeStyles({
  root: {
    display: 'grid',
    gridTemplateColumns: '300px minmax(0, 1fr)',
    gap: '20px',
    alignItems: 'start',
    '@media (max-width: 1023px)': { gridTemplateColumns: 'minmax(0, 1fr)' },
  },
  chat: {
    display: 'flex',
    flexDirection: 'column',
    minWidth: 0,
    height: 'calc(100dvh - 250px)',
    minHeight: '440px',
    borderRadius: tokens.borderRadiusLarge,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
    backgroundColor: tokens.colorNeutralBackground1,
    overflow: 'hidden',
    '@media (max-width: 1023px)': { order: -1, height: 'auto', minHeight: '60dvh', overflow: 'visible' },
  },
  sides: {
    display: 'grid',
    gap: '12px',
    padding: '10px 16px',
    borderBlockEndWidth: '1px',
    borderBlockEndStyle: 'solid',
    borderBlockEndColor: tokens.colorNeutralStroke2,
  },
})

/** A conversation with one model, or with two side by side. */
export function ChatPage() {
  const { place, conversation } = useConversation()
  const { targets } = useTargets()
  const chats = targets.filter(target => does(target, 'chat-completion'))
  const sides = useSides(place, chats, conversation.sides)
  const isCompared = conversation.sides.length > 1
  const compare = () => {
    const [first] = sides
    const other = chats.find(one => one.id !== first?.id && one.unready === undefined) ?? first
    change(place, { sides: isCompared ? [first?.id] : [first?.id, other?.id] })
  }
  const { faults } = parametersOf(conversation.settings)
  return (
    <PlaygroundPage
      task="chat-completion"
      actions={
        <>
          <CodeDialog
            what="chat"
            disabled={Object.keys(faults).length > 0}
            request={() => requestNow(sides[0], conversation)}
          />
          <Button icon={<SplitVertical20Regular />} aria-pressed={isCompared} onClick={compare}>
            {isCompared ? 'Compare no more' : 'Compare two'}
          </Button>
          <Button
            icon={<Broom20Regular />}
            disabled={conversation.turns.length === 0 && conversation.draft === ''}
            onClick={() => clear(place)}
          >
            Clear
          </Button>
        </>
      }
    >
      {() => <Chat sides={sides} chats={chats} />}
    </PlaygroundPage>
  )
}

function Chat({ sides, chats }: { sides: readonly (Target | undefined)[]; chats: readonly Target[] }) {
  const styles = useStyles()
  const { place, conversation } = useConversation()
  const isCompared = sides.length > 1
  return (
    <div className={styles.root}>
      <Setup
        settings={conversation.settings}
        onChange={what => change(place, { settings: { ...conversation.settings, ...what } })}
      />
      <section className={styles.chat} aria-label="Conversation">
        <div className={styles.sides} style={{ gridTemplateColumns: `repeat(${sides.length}, minmax(0, 1fr))` }}>
          {sides.map((side, at) => (
            <TargetPicker
              // biome-ignore lint/suspicious/noArrayIndexKey: a side is its place
              key={at}
              label={isCompared ? (at === 0 ? 'Left' : 'Right') : 'Model'}
              targets={chats}
              chosen={side}
              onChoose={id => setSide(place, at, id)}
            />
          ))}
        </div>
        <TurnList place={place} turns={conversation.turns} sides={sides} />
        <Composer place={place} conversation={conversation} sides={sides} />
      </section>
    </div>
  )
}

function useSides(place: string, chats: readonly Target[], chosen: readonly (string | undefined)[]) {
  const first = useChosen(chats, chosen[0], id => setSide(place, 0, id))
  const second = useChosen(chats, chosen[1])
  return chosen.length > 1 ? [first, second] : [first]
}

function requestNow(target: Target | undefined, conversation: Parameters<typeof bodyFor>[0]) {
  if (!target) return undefined
  const prompt =
    conversation.draft === '' ? (conversation.turns.at(-1)?.prompt ?? 'What is Cupola?') : conversation.draft
  // What was sent last is shown as it was sent, until something else is typed.
  const last = conversation.turns.at(-1)?.answers[0]
  if (conversation.draft === '' && last && last.target.id === target.id) {
    return { target, route: CHAT_ROUTE, body: last.body }
  }
  return { target, route: CHAT_ROUTE, body: bodyFor(conversation, 0, target, { prompt }) }
}
