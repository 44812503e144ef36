import { NotHereYet } from '../../components/NotHereYet'

export default function Subscriptions() {
  return (
    <NotHereYet
      title="Subscriptions"
      text="Offers are accepted by the command line until this page is."
      code="cupola ml marketplace-subscription list -o table"
    />
  )
}
