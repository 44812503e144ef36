import { makeStyles } from '@fluentui/react-components'
import type { ReactNode } from 'react'
import { useNavigate } from 'react-router'
import { Page } from '../../app/Page'
import { Tabs } from '../../components/Tabs'

export type Part = '' | 'check' | 'people' | 'applications' | 'roles'

const useStyles = makeStyles({
  tabs: { marginBlockEnd: '16px', marginInlineStart: '-10px' },
})

const PARTS: readonly { value: Part; title: string }[] = [
  { value: '', title: 'Role assignments' },
  { value: 'check', title: 'Check access' },
  { value: 'roles', title: 'Roles' },
  { value: 'people', title: 'People' },
  { value: 'applications', title: 'Applications' },
]

interface Props {
  part: Part
  subtitle: string
  actions?: ReactNode
  children: ReactNode
}

/** The pages of Access, side by side. */
export function Frame({ part, subtitle, actions, children }: Props) {
  const styles = useStyles()
  const navigate = useNavigate()
  return (
    <Page title="Access" subtitle={subtitle} actions={actions}>
      <Tabs
        className={styles.tabs}
        label="Parts of Access"
        tabs={PARTS}
        selected={part}
        onSelect={value => void navigate(`/access/${value}`)}
        navigates
      />
      {children}
    </Page>
  )
}
