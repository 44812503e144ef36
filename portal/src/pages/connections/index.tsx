import { NotHereYet } from '../../components/NotHereYet'

export default function Connections() {
  return (
    <NotHereYet
      title="Connections"
      text="Connections are kept by the command line until this page is."
      code="cupola ml connection list -o table"
    />
  )
}
