import { makeStyles, Text, tokens } from '@fluentui/react-components'
import { useQuery } from '@tanstack/react-query'
import { api, ask } from '../api/client'
import { asProblem } from '../api/problem'
import { CopyField } from './CopyField'
import { LoadingRows } from './LoadingRows'
import { ProblemMessage } from './ProblemMessage'
import { Time } from './Time'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: '12px' },
  one: { display: 'flex', flexDirection: 'column', rowGap: '6px', overflowWrap: 'anywhere' },
  head: { color: tokens.colorNeutralForeground3 },
})

/** What the record has under an id, in sentences, with what would change the answer. */
export function Explanation({ id }: { id: string }) {
  const styles = useStyles()
  const found = useQuery({
    queryKey: ['explain', id],
    queryFn: ({ signal }) => ask(api.GET('/providers/Cupola.Audit/events/{id}', { params: { path: { id } }, signal })),
  })
  if (found.error) return <ProblemMessage problem={asProblem(found.error)} />
  if (!found.data) return <LoadingRows rows={3} what="the record" onRetry={() => void found.refetch()} />
  return (
    <div className={styles.root} role="status">
      {found.data.value.map(({ name, properties }) => (
        <div key={name} className={styles.one}>
          <Text size={200} className={styles.head}>
            {properties.outcome} · <Time at={properties.timestamp} seconds />
          </Text>
          {properties.explanation.map(sentence => (
            <Text key={sentence}>{sentence}</Text>
          ))}
          {(properties.wouldAllow?.length ?? 0) > 0 && (
            <Text>Roles that would allow it: {properties.wouldAllow?.join(', ')}.</Text>
          )}
          {properties.commands?.map(command => (
            <CopyField key={command} text={command} label="the command" />
          ))}
        </div>
      ))}
    </div>
  )
}
