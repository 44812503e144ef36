import { Page } from '../app/Page'
import { EmptyState } from './EmptyState'

/** A page that is to come, and the command that does it meanwhile. */
export function NotHereYet({ title, text, code }: { title: string; text: string; code: string }) {
  return (
    <Page title={title}>
      <EmptyState title="Not here yet" text={text} code={code} />
    </Page>
  )
}
