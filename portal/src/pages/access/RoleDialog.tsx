import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
} from '@fluentui/react-components'
import type { Role } from '../../api/roles'
import { useFocusBack } from '../../components/useFocusBack'
import { RolePermissions } from './RolePermissions'

/** What a role may do, pattern by pattern. */
export function RoleDialog({ role, onClose }: { role: Role; onClose: () => void }) {
  const focusBack = useFocusBack()
  return (
    <Dialog open onOpenChange={(_, data) => !data.open && onClose()}>
      <DialogSurface ref={focusBack}>
        <DialogBody>
          <DialogTitle>{role.properties.roleName}</DialogTitle>
          <DialogContent tabIndex={0}>
            <RolePermissions role={role} />
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>Close</Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
