import { Text } from '@fluentui/react-components'
import { KeyReset20Regular } from '@fluentui/react-icons'
import { useState } from 'react'
import { api, ask, type Schemas } from '../../api/client'
import { Card } from '../../components/Card'
import { ConfirmDialog } from '../../components/ConfirmDialog'
import { GuardedButton } from '../../components/GuardedButton'

/** The key with which tokens are signed. */
export function SigningKey() {
  const [asking, setAsking] = useState(false)
  const [made, setMade] = useState<Schemas['SigningKeys']>()
  return (
    <Card
      title="Signing key"
      actions={
        <GuardedButton
          action="Cupola.Identity/signingKeys/rotate/action"
          scope="/"
          size="small"
          icon={<KeyReset20Regular />}
          onClick={() => setAsking(true)}
        >
          Rotate the key
        </GuardedButton>
      }
    >
      <Text>
        Access tokens are signed with a key of this server. After a rotation new tokens are signed with a new one; those
        that were issued stay good until they end.
      </Text>
      {made && (
        <Text role="status">
          Tokens are signed with {made.keyId} now; {made.publishedKeyIds.length} keys are published.
        </Text>
      )}
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        title="Rotate the signing key?"
        action="Rotate the key"
        onConfirm={async () => setMade(await ask(api.POST('/providers/Cupola.Identity/rotateSigningKey')))}
      >
        Nobody is signed out. Programs that verify tokens by themselves fetch the key set again.
      </ConfirmDialog>
    </Card>
  )
}
