import {
  Avatar,
  Button,
  Menu,
  MenuDivider,
  MenuItem,
  MenuItemLink,
  MenuList,
  MenuPopover,
  MenuTrigger,
  makeStyles,
  Text,
  tokens,
} from '@fluentui/react-components'
import { Key20Regular, SignOut20Regular } from '@fluentui/react-icons'
import { asProblem } from '../api/problem'
import { signOut } from '../api/session'
import { useToasts } from './toasts'
import { useSession } from './useSession'

const useStyles = makeStyles({
  who: { display: 'flex', flexDirection: 'column', padding: '8px 10px', maxWidth: '280px', overflowWrap: 'anywhere' },
  upn: { color: tokens.colorNeutralForeground3 },
})

/** Who is signed in, and the way out. */
export function UserMenu() {
  const styles = useStyles()
  const say = useToasts()
  const session = useSession()
  if (session.phase === 'unknown') return null
  const { name, userPrincipalName } = session.user
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button appearance="subtle" icon={<Avatar name={name} size={28} color="colorful" />} />
      </MenuTrigger>
      <MenuPopover>
        <div className={styles.who}>
          <Text weight="semibold">{name}</Text>
          <Text size={200} className={styles.upn}>
            {userPrincipalName}
          </Text>
        </div>
        <MenuList>
          <MenuDivider />
          <MenuItemLink href="/sign-in/password" icon={<Key20Regular />}>
            Change password
          </MenuItemLink>
          <MenuItem
            icon={<SignOut20Regular />}
            onClick={() => signOut().catch(error => say('error', 'You are still signed in', asProblem(error).message))}
          >
            Sign out
          </MenuItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}
