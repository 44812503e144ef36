import { Button, DrawerBody, DrawerHeader, DrawerHeaderTitle, OverlayDrawer } from '@fluentui/react-components'
import { Dismiss24Regular } from '@fluentui/react-icons'
import { useFocusBack } from '../components/useFocusBack'
import { Navigation } from './Navigation'

/** The navigation of narrow windows, behind a button. */
export function NavigationDrawer({ open, onClose }: { open: boolean; onClose: () => void }) {
  const focusBack = useFocusBack()
  return (
    <OverlayDrawer ref={focusBack} open={open} onOpenChange={(_, data) => !data.open && onClose()} size="small">
      <DrawerHeader>
        <DrawerHeaderTitle
          action={<Button appearance="subtle" aria-label="Close" icon={<Dismiss24Regular />} onClick={onClose} />}
        >
          Cupola
        </DrawerHeaderTitle>
      </DrawerHeader>
      <DrawerBody style={{ padding: 0 }}>
        <Navigation inDrawer />
      </DrawerBody>
    </OverlayDrawer>
  )
}
