import { Button, makeStyles, Text, Textarea, Tooltip, tokens } from '@fluentui/react-components'
import { Edit16Regular } from '@fluentui/react-icons'
import { memo, useState } from 'react'
import { CopyButton } from '../../../components/CopyButton'
import type { Target } from '../model/targets'
import { AnswerView } from './AnswerView'
import { sayAgain, type Turn } from './conversation'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: '12px', minWidth: 0 },
  asked: { display: 'flex', flexDirection: 'column', alignItems: 'end', rowGap: '2px', minWidth: 0 },
  bubble: {
    maxWidth: 'min(100%, 72ch)',
    padding: '8px 14px',
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorBrandBackground2,
    color: tokens.colorNeutralForeground1,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
  },
  tools: { display: 'flex' },
  edit: { width: 'min(100%, 72ch)', display: 'flex', flexDirection: 'column', rowGap: '6px' },
  buttons: { display: 'flex', justifyContent: 'end', columnGap: '6px' },
  answers: { display: 'grid', gap: '16px', minWidth: 0 },
  muted: { color: tokens.colorNeutralForeground3 },
})

interface Props {
  place: string
  turn: Turn
  sides: readonly (Target | undefined)[]
  isLast: boolean
}

/** A prompt and what came back for it. */
export const TurnView = memo(function TurnView({ place, turn, sides, isLast }: Props) {
  const styles = useStyles()
  const [edited, setEdited] = useState<string>()
  const again = (prompt: string) => {
    setEdited(undefined)
    void sayAgain(place, turn.id, prompt, sides)
  }
  return (
    <article className={styles.root} aria-label={turn.prompt === '' ? 'Results of tools' : turn.prompt.slice(0, 80)}>
      <div className={styles.asked}>
        {edited !== undefined ? (
          <div className={styles.edit}>
            <Textarea
              aria-label="The prompt, edited"
              rows={3}
              resize="vertical"
              value={edited}
              onChange={(_, data) => setEdited(data.value)}
            />
            <div className={styles.buttons}>
              <Button size="small" onClick={() => setEdited(undefined)}>
                Cancel
              </Button>
              <Button size="small" appearance="primary" disabled={edited.trim() === ''} onClick={() => again(edited)}>
                Ask with this
              </Button>
            </div>
          </div>
        ) : (
          <>
            <div className={styles.bubble} dir="auto">
              {turn.results ? Object.values(turn.results).join('\n') : turn.prompt}
            </div>
            <div className={styles.tools}>
              {!turn.results && (
                <Tooltip content="Edit, and ask again from here" relationship="label">
                  <Button
                    size="small"
                    appearance="subtle"
                    icon={<Edit16Regular />}
                    onClick={() => setEdited(turn.prompt)}
                  />
                </Tooltip>
              )}
              <CopyButton text={turn.prompt} label="Copy the prompt" />
            </div>
          </>
        )}
      </div>
      <div
        className={styles.answers}
        style={{ gridTemplateColumns: `repeat(${Math.max(turn.answers.length, 1)}, minmax(0, 1fr))` }}
      >
        {turn.answers.map((answer, side) =>
          answer ? (
            <AnswerView
              // biome-ignore lint/suspicious/noArrayIndexKey: a side is its place
              key={side}
              place={place}
              answer={answer}
              sides={sides}
              isLast={isLast}
              isCompared={turn.answers.length > 1}
              onRetry={() => again(turn.prompt)}
            />
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: as above
            <Text key={side} className={styles.muted}>
              Not asked.
            </Text>
          ),
        )}
      </div>
    </article>
  )
})
