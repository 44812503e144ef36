import { makeStyles } from '@fluentui/react-components'
import { type ReactNode, useEffect } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { asProblem } from '../../../api/problem'
import { Page } from '../../../app/Page'
import { LoadingRows } from '../../../components/LoadingRows'
import { ProblemMessage } from '../../../components/ProblemMessage'
import { Tabs } from '../../../components/Tabs'
import { does, type Target, type Task } from '../model/targets'
import { useTargets } from '../model/useTargets'
import { NotAsked } from './NotAsked'
import { NothingToAsk } from './NothingToAsk'

const useStyles = makeStyles({
  tabs: { marginBlockEnd: '16px' },
})

const TABS = [
  { task: 'chat-completion', path: '/playground', title: 'Chat' },
  { task: 'completion', path: '/playground/completions', title: 'Completions' },
  { task: 'embedding', path: '/playground/embeddings', title: 'Embeddings' },
  { task: 'forecasting', path: '/playground/forecast', title: 'Forecast' },
] as const

interface Props {
  task: Task
  actions?: ReactNode
  children: (targets: readonly Target[]) => ReactNode
}

/** The frame of the playground: one page for each thing that models do, shown once there is a model that does it. */
export function PlaygroundPage({ task, actions, children }: Props) {
  const styles = useStyles()
  const navigate = useNavigate()
  const { targets, isPending, error, retry } = useTargets()
  const [search] = useSearchParams()
  const name = search.get('endpoint')
  const named = name === null ? undefined : targets.find(target => target.kind === 'endpoint' && target.name === name)
  const other = named && !does(named, task) ? TABS.find(tab => does(named, tab.task))?.path : undefined
  // While it is not known what the model does, it is not known which page is its own.
  const isKnown = named !== undefined && (named.task !== undefined || !isPending)
  // What is typed is charged to whoever answers: in the place of the one that is named nobody is asked.
  const isServed = name === null || (isKnown && does(named, task))

  // Whoever comes from an endpoint comes to what its model does.
  useEffect(() => {
    if (other && name) void navigate(`${other}?endpoint=${encodeURIComponent(name)}`, { replace: true })
  }, [other, name, navigate])

  const fitting = isServed ? targets.filter(target => does(target, task)) : []
  return (
    <Page
      title="Playground"
      subtitle="Ask the models of this project as your programs would, with the same requests, limits and prices."
      actions={fitting.length > 0 ? actions : undefined}
    >
      <Tabs
        className={styles.tabs}
        label="What to ask for"
        tabs={TABS.map(tab => ({ value: tab.task, title: tab.title }))}
        selected={task}
        onSelect={value => {
          const tab = TABS.find(one => one.task === value)
          if (tab) void navigate(tab.path)
        }}
      />
      {error && <ProblemMessage problem={asProblem(error)} onRetry={retry} />}
      {fitting.length > 0 ? (
        children(fitting)
      ) : isPending || other ? (
        <LoadingRows what="the endpoints" onRetry={retry} />
      ) : error ? null : isServed ? (
        <NothingToAsk task={task} />
      ) : (
        <NotAsked name={name ?? ''} target={named} />
      )}
    </Page>
  )
}
