import { Button, makeStyles } from '@fluentui/react-components'
import { ArrowDownload20Regular } from '@fluentui/react-icons'
import { useQuery } from '@tanstack/react-query'
import { useLocation, useNavigate } from 'react-router'
import { api, ask } from '../../api/client'
import { asProblem } from '../../api/problem'
import { CodeSample } from '../../components/CodeSample'
import { download } from '../../components/download'
import { EmptyState } from '../../components/EmptyState'
import { LoadingRows } from '../../components/LoadingRows'
import { ProblemMessage } from '../../components/ProblemMessage'
import { useTarget } from './useTarget'

const useStyles = makeStyles({
  root: { display: 'flex', flexDirection: 'column', rowGap: '12px' },
  tools: { display: 'flex', flexWrap: 'wrap', gap: '8px' },
})

/** A template of what is in a group, so that it can be deployed again. */
export function Export() {
  const styles = useStyles()
  const navigate = useNavigate()
  const { search } = useLocation()
  const { target } = useTarget()
  const group = target?.group
  const path = { subscription: target?.subscription ?? '', group: group ?? '' }
  const exported = useQuery({
    queryKey: ['exportTemplate', path],
    queryFn: ({ signal }) =>
      ask(
        api.POST('/subscriptions/{subscription}/resourceGroups/{group}/exportTemplate', {
          params: { path },
          body: { resources: ['*'] },
          signal,
        }),
      ),
    enabled: group !== undefined,
  })
  const again = () => void exported.refetch()
  if (target && !group) {
    return (
      <EmptyState
        title="A template is made of a group"
        text="What is in a subscription is in its groups. Choose one of them above."
      />
    )
  }
  if (exported.error) return <ProblemMessage problem={asProblem(exported.error)} onRetry={again} />
  if (!exported.data) return <LoadingRows what="the template" onRetry={again} />
  const { template } = exported.data
  if (Array.isArray(template.resources) && template.resources.length === 0) {
    return <EmptyState title="There is nothing in this group" text="A template is made of what you may read in it." />
  }
  const text = JSON.stringify(template, null, 2)

  return (
    <div className={styles.root}>
      <div className={styles.tools}>
        <Button icon={<ArrowDownload20Regular />} onClick={() => download(`${group}.json`, 'application/json', text)}>
          Download
        </Button>
        <Button onClick={() => void navigate({ pathname: '/templates', search }, { state: { template: text } })}>
          Edit and deploy
        </Button>
      </div>
      <CodeSample label="Template of the group" samples={[{ language: 'ARM JSON', code: text }]} />
    </div>
  )
}
