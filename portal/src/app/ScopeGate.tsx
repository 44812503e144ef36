import type { ReactNode } from 'react'
import { EmptyState } from '../components/EmptyState'
import { LoadingRows } from '../components/LoadingRows'
import { ProblemMessage } from '../components/ProblemMessage'
import { Page } from './Page'
import type { PageEntry } from './pages'
import { useScope } from './scope/ScopeContext'
import { idOf } from './scope/scope'
import { useSession } from './useSession'

/** Shows a page once what it needs is chosen, and until then why it cannot be shown. */
export function ScopeGate({ page, children }: { page: PageEntry; children: ReactNode }) {
  const { names, isLoading, problem, subscriptions, subscription, retry } = useScope()
  const session = useSession()
  const person = session.phase === 'unknown' ? 'YOU' : session.user.userPrincipalName
  const isReady = page.scope === 'none' || (page.scope === 'subscription' ? names : names?.workspace)
  if (isReady) return children
  return (
    <Page title={page.title}>
      {problem ? (
        <ProblemMessage problem={problem} onRetry={retry} />
      ) : isLoading ? (
        <LoadingRows onRetry={retry} />
      ) : subscriptions.length === 0 ? (
        <EmptyState
          title="You have no access yet"
          text="You are signed in, but no role has been given to you on any subscription, group or project. Ask an administrator for one, for example Azure AI Developer on a project."
          code={`cupola role assignment create --assignee ${person} --role 'Azure AI Developer' --scope ${names ? idOf(names) : 'SCOPE'}`}
        />
      ) : !subscription ? (
        <EmptyState
          title="This subscription is not there for you"
          text="It does not exist, or you have no role in it. Choose another one above."
        />
      ) : (
        <EmptyState
          title="There is no project here yet"
          text="Models are deployed in projects. Make one, then come back."
          code="cupola ml workspace create --kind project -n my-project -g cupola"
        />
      )}
    </Page>
  )
}
