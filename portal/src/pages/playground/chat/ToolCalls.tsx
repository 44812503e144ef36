import { Button, Field, makeStyles, Text, Textarea, tokens } from '@fluentui/react-components'
import { useState } from 'react'
import type { ToolCall } from '../model/answer'
import type { Target } from '../model/targets'
import { say } from './conversation'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: '10px' },
  call: {
    display: 'flex',
    flexDirection: 'column',
    rowGap: '6px',
    padding: '10px 12px',
    borderRadius: tokens.borderRadiusMedium,
    border: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  code: {
    margin: 0,
    fontFamily: tokens.fontFamilyMonospace,
    fontSize: tokens.fontSizeBase200,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
    direction: 'ltr',
    textAlign: 'left',
  },
})

interface Props {
  place: string
  calls: readonly ToolCall[]
  sides: readonly (Target | undefined)[]
  /** May results be given now? */
  isOpen: boolean
}

/** Which tools the model calls, and what they are to have said. */
export function ToolCalls({ place, calls, sides, isOpen }: Props) {
  const styles = useStyles()
  const [results, setResults] = useState<Record<string, string>>({})
  const given = Object.fromEntries(calls.map(call => [call.id, results[call.id] ?? '']))
  return (
    <div className={styles.root}>
      {calls.map(call => (
        <div key={call.id} className={styles.call}>
          <Text weight="semibold">calls {call.name}</Text>
          <pre className={styles.code}>{pretty(call.arguments)}</pre>
          {isOpen && (
            <Field label={`What ${call.name} says`} size="small">
              <Textarea
                rows={2}
                value={results[call.id] ?? ''}
                onChange={(_, data) => setResults({ ...results, [call.id]: data.value })}
              />
            </Field>
          )}
        </div>
      ))}
      {isOpen && (
        <div>
          <Button
            size="small"
            disabled={Object.values(given).some(result => result.trim() === '')}
            onClick={() => void say(place, sides, { results: given })}
          >
            Give these results
          </Button>
        </div>
      )}
    </div>
  )
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), undefined, 2)
  } catch {
    return json
  }
}
