import { NotHereYet } from '../../components/NotHereYet'

export default function Access() {
  return (
    <NotHereYet
      title="Access"
      text="Roles are given by the command line until this page is."
      code="cupola role assignment list -o table"
    />
  )
}
