import { NotHereYet } from '../../components/NotHereYet'

export default function Settings() {
  return (
    <NotHereYet
      title="Settings"
      text="Settings and backends are shown by the command line until this page is."
      code="cupola catalog list -o table"
    />
  )
}
