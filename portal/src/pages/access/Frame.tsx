import { makeStyles, Tab, TabList } from '@fluentui/react-components'
import type { ReactNode } from 'react'
import { useNavigate } from 'react-router'
import { Page } from '../../app/Page'

export type Part = '' | 'check' | 'people' | 'applications' | 'roles'

const useStyles = makeStyles({
  tabs: { marginBlockEnd: '16px', marginInlineStart: '-10px', overflowX: 'auto' },
})

const PARTS: readonly { part: Part; title: string }[] = [
  { part: '', title: 'Role assignments' },
  { part: 'check', title: 'Check access' },
  { part: 'roles', title: 'Roles' },
  { part: 'people', title: 'People' },
  { part: 'applications', title: 'Applications' },
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
      <div className={styles.tabs} data-navigates>
        <TabList
          aria-label="Parts of Access"
          selectedValue={part}
          onTabSelect={(_, data) => void navigate(`/access/${String(data.value)}`)}
        >
          {PARTS.map(one => (
            <Tab key={one.part} value={one.part}>
              {one.title}
            </Tab>
          ))}
        </TabList>
      </div>
      {children}
    </Page>
  )
}
