import { Navigate, Route, Routes } from 'react-router'
import { ChatPage } from './chat/ChatPage'
import { CompletionsPage } from './completions/CompletionsPage'
import { EmbeddingsPage } from './embeddings/EmbeddingsPage'
import { ForecastPage } from './forecast/ForecastPage'

export default function Playground() {
  return (
    <Routes>
      <Route index element={<ChatPage />} />
      <Route path="completions" element={<CompletionsPage />} />
      <Route path="embeddings" element={<EmbeddingsPage />} />
      <Route path="forecast" element={<ForecastPage />} />
      <Route path="*" element={<Navigate to="/playground" replace />} />
    </Routes>
  )
}
