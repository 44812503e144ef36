import { Toast, ToastBody, ToastTitle, useToastController } from '@fluentui/react-components'
import { useCallback } from 'react'

export const TOASTER = 'portal'

const GOOD_MS = 5000
const BAD_MS = 12_000

/** Says in passing what became of something. What a person has to act on belongs onto the page instead. */
export function useToasts() {
  const { dispatchToast } = useToastController(TOASTER)
  const say = useCallback(
    (intent: 'success' | 'error' | 'info', title: string, body?: string) =>
      dispatchToast(
        <Toast>
          <ToastTitle>{title}</ToastTitle>
          {body && <ToastBody>{body}</ToastBody>}
        </Toast>,
        {
          intent,
          timeout: intent === 'error' ? BAD_MS : GOOD_MS,
          politeness: intent === 'error' ? 'assertive' : 'polite',
        },
      ),
    [dispatchToast],
  )
  return say
}
