import { Page } from '../../app/Page'
import { Addresses } from './Addresses'
import { Backends } from './Backends'
import { IdentityProviders } from './IdentityProviders'
import { Looks } from './Looks'
import { SigningKey } from './SigningKey'

/** The server itself, and how this browser shows it. */
export default function Settings() {
  return (
    <Page
      title="Settings"
      subtitle="The server, what serves its models, who may sign in, and how this browser shows it."
    >
      <div style={{ display: 'grid', gap: 16, gridTemplateColumns: 'minmax(0, 1fr)' }}>
        <Addresses />
        <Backends />
        <IdentityProviders />
        <SigningKey />
        <Looks />
      </div>
    </Page>
  )
}
