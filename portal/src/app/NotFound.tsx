import { EmptyState } from '../components/EmptyState'
import { LinkButton } from '../components/LinkButton'
import { Page } from './Page'
import { FIRST_PAGE } from './pages'

export function NotFound() {
  return (
    <Page title="Nothing here">
      <EmptyState
        title="There is no such page"
        text="The address may be wrong, or what it names was deleted."
        action={
          <LinkButton to={`/${FIRST_PAGE}`} appearance="primary">
            Endpoints
          </LinkButton>
        }
      />
    </Page>
  )
}
