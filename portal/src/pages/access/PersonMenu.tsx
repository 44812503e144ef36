import { Button, Menu, MenuList, MenuPopover, MenuTrigger } from '@fluentui/react-components'
import { MoreHorizontal16Regular } from '@fluentui/react-icons'
import { GuardedButton } from '../../components/GuardedButton'
import { GuardedItem } from '../../components/GuardedItem'
import { useMissing } from '../../components/useMissing'
import { CHANGE, DELETE, EVERYTHING, INVITE } from './directory'
import type { Person } from './useAccess'

/** What is done in the page of people. */
export type Doing = 'invite' | 'reset' | 'disable' | 'enable' | 'delete'

interface Props {
  person: Person
  onDo: (what: Doing) => void
}

/** What can be done with a person; whoever may nothing of it is told so at once. */
export function PersonMenu({ person, onDo }: Props) {
  const missing = [useMissing(INVITE, EVERYTHING), useMissing(CHANGE, EVERYTHING), useMissing(DELETE, EVERYTHING)]
  const label = `Change ${person.displayName}`
  const look = { size: 'small', appearance: 'subtle', icon: <MoreHorizontal16Regular /> } as const
  if (missing.every(one => one !== undefined)) {
    return <GuardedButton action={CHANGE} scope={EVERYTHING} label={label} {...look} />
  }
  const turn = person.accountEnabled ? 'disable' : 'enable'
  return (
    <Menu>
      <MenuTrigger disableButtonEnhancement>
        <Button {...look} aria-label={label} />
      </MenuTrigger>
      <MenuPopover>
        <MenuList>
          <GuardedItem action={INVITE} scope={EVERYTHING} onClick={() => onDo('invite')}>
            New invitation link
          </GuardedItem>
          <GuardedItem action={CHANGE} scope={EVERYTHING} onClick={() => onDo('reset')}>
            Reset the password
          </GuardedItem>
          <GuardedItem action={CHANGE} scope={EVERYTHING} onClick={() => onDo(turn)}>
            {person.accountEnabled ? 'Disable' : 'Enable'}
          </GuardedItem>
          <GuardedItem action={DELETE} scope={EVERYTHING} onClick={() => onDo('delete')}>
            Delete
          </GuardedItem>
        </MenuList>
      </MenuPopover>
    </Menu>
  )
}
