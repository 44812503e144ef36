import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  DialogTrigger,
  makeStyles,
  Text,
  tokens,
} from '@fluentui/react-components'
import { Code20Regular } from '@fluentui/react-icons'
import { type ReactElement, useState } from 'react'
import { CodeSample } from '../../../components/CodeSample'
import { samplesOf, type What } from '../model/samples'
import type { Target } from '../model/targets'

const useStyles = makeStyles({
  surface: { maxWidth: 'min(880px, calc(100vw - 24px))' },
  words: { display: 'block', color: tokens.colorNeutralForeground2, marginBlockEnd: '12px' },
  content: { minWidth: 0 },
})

interface Props {
  what: What
  /** What is sent, made when it is looked at. */
  request: () => { target: Target; route: string; body: Record<string, unknown> } | undefined
  button?: ReactElement
  disabled?: boolean
}

/** The exact request, as code to take along. */
export function CodeDialog({ what, request, button, disabled = false }: Props) {
  const styles = useStyles()
  const [open, setOpen] = useState(false)
  const asked = open ? request() : undefined
  return (
    <Dialog open={open} onOpenChange={(_, data) => setOpen(data.open)}>
      <DialogTrigger disableButtonEnhancement>
        {button ?? (
          <Button icon={<Code20Regular />} disabled={disabled}>
            View code
          </Button>
        )}
      </DialogTrigger>
      <DialogSurface className={styles.surface}>
        <DialogBody>
          <DialogTitle>This request as code</DialogTitle>
          <DialogContent className={styles.content}>
            <Text className={styles.words}>
              It does exactly what this page does. The key is not in it; the first line says where it comes from.
            </Text>
            {asked && <CodeSample label="Languages" samples={samplesOf(what, asked.target, asked.route, asked.body)} />}
          </DialogContent>
          <DialogActions>
            <DialogTrigger disableButtonEnhancement>
              <Button appearance="primary">Close</Button>
            </DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
