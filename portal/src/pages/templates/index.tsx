import { makeStyles } from '@fluentui/react-components'
import { Route, Routes, useLocation, useNavigate } from 'react-router'
import { Page } from '../../app/Page'
import { Tabs } from '../../components/Tabs'
import { DeploymentPage } from './DeploymentPage'
import { Export } from './Export'
import { History } from './History'
import { NewDeployment } from './NewDeployment'
import { TargetPicker } from './TargetPicker'

const useStyles = makeStyles({
  bar: { display: 'flex', flexWrap: 'wrap', gap: '12px', alignItems: 'end', justifyContent: 'space-between' },
  tabs: { marginInline: '-10px', maxWidth: 'calc(100% + 20px)' },
  body: { paddingBlockStart: '16px' },
})

const TABS = [
  { value: '', title: 'New deployment' },
  { value: 'history', title: 'History' },
  { value: 'export', title: 'Export a group' },
]

function Parts() {
  const styles = useStyles()
  const navigate = useNavigate()
  const { pathname, search } = useLocation()
  const here = pathname.split('/')[2] ?? ''
  return (
    <Page
      title="Templates"
      subtitle="ARM templates and Bicep, checked as you type, compared with what is there, and deployed."
    >
      <div className={styles.bar}>
        <Tabs
          className={styles.tabs}
          label="Parts of Templates"
          tabs={TABS}
          selected={here}
          onSelect={value => void navigate({ pathname: `/templates/${value}`, search })}
          navigates
        />
        <TargetPicker />
      </div>
      <div className={styles.body}>
        <Routes>
          <Route index element={<NewDeployment />} />
          <Route path="history" element={<History />} />
          <Route path="export" element={<Export />} />
        </Routes>
      </div>
    </Page>
  )
}

export default function Templates() {
  return (
    <Routes>
      <Route path="history/:name" element={<DeploymentPage />} />
      <Route path="*" element={<Parts />} />
    </Routes>
  )
}
